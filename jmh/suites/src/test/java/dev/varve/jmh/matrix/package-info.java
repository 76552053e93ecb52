@NullMarked
package dev.varve.jmh.matrix;

import org.jspecify.annotations.NullMarked;
