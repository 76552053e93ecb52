@NullMarked
package dev.varve.jmh;

import org.jspecify.annotations.NullMarked;
