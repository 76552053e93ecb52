@NullMarked
package dev.varve.jmh.medium;

import org.jspecify.annotations.NullMarked;
