/**
 * The block executor over threads, accounts and costs of a transaction, and what its figures
 * foretell of more threads. For people: nothing here has a budget.
 */
@NullMarked
package dev.varve.jmh.matrix;

import org.jspecify.annotations.NullMarked;
