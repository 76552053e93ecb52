@NullMarked
package dev.varve.jmh.workload;

import org.jspecify.annotations.NullMarked;
