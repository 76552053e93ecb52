@NullMarked
package dev.varve.jmh.duel;

import org.jspecify.annotations.NullMarked;
