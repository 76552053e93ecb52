@NullMarked
package dev.varve.jmh.counter;

import org.jspecify.annotations.NullMarked;
