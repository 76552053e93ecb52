/** What the medium below a folder can do, found out by using it. */
@NullMarked
package dev.varve.jmh.medium;

import org.jspecify.annotations.NullMarked;
