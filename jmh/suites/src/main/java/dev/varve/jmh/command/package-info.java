/** The words after {@code varve bench}, and {@code varve gate}. */
@NullMarked
package dev.varve.jmh.command;

import org.jspecify.annotations.NullMarked;
