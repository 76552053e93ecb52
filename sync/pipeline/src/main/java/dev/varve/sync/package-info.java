/**
 * Staged sync: stages, their order, and the runner that alone commits. Knows no chain.
 *
 * <p>A chain is a row of items by height. Each {@link dev.varve.sync.Stage} takes all items through
 * one piece of work, writes the result to tables that it alone owns, and stands at a height {@code
 * next}: the first one that it has not done. A {@link dev.varve.sync.Pipeline} orders the stages by
 * what they declare in their {@link dev.varve.sync.StageSpec}, hands each a bounded range of
 * heights at a time, and commits what it wrote together with where it then stands, in one batch of
 * the log store. So data and progress never disagree, whenever the power goes.
 *
 * <p>Far behind the target the pipeline goes stage by stage, one commit for each step. Near it, all
 * stages go through one small range in one commit. A stage is written once for both: it reads
 * through its {@link dev.varve.sync.StepContext}, which shows what is committed and, over it,
 * whatever the commit in the making holds so far.
 *
 * <p>Reading order: {@code Stage}, {@code StepResult}, {@code StepContext}, {@code StageSpec},
 * {@code StageGraph}, {@code Pipeline}, {@code Cycle}, {@code CommitUnit}, {@code ProgressTable}.
 * What stands in the store is in {@code docs/FORMAT-sync.md}.
 *
 * <p>Not here yet: going back. Unwinding and pruning will be two more methods of {@code Stage},
 * without a default, so that the compiler finds every stage that does not say how it goes back.
 * Their orders need no new declaration: a spec names the tables that a stage owns, which are what
 * is rolled back or pruned, and the edges, which read backwards are the order of unwinding.
 */
@NullMarked
package dev.varve.sync;

import org.jspecify.annotations.NullMarked;
