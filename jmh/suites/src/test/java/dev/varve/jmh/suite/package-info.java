@NullMarked
package dev.varve.jmh.suite;

import org.jspecify.annotations.NullMarked;
