@NullMarked
package dev.varve.jmh.command;

import org.jspecify.annotations.NullMarked;
