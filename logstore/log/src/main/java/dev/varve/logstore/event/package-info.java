/**
 * Events for the JVM's flight recorder. Each is begun and done in one place of the store; while
 * nobody records, the compiler leaves nothing of them.
 */
@NullMarked
package dev.varve.logstore.event;

import org.jspecify.annotations.NullMarked;
