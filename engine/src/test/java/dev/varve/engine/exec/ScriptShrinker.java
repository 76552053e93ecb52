package dev.varve.engine.exec;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Makes a failing block smaller as long as it still fails: drops runs of transactions, then single
 * steps. A failure that depends on the schedule is tried several times by its predicate.
 */
final class ScriptShrinker {

    private ScriptShrinker() {}

    static ScriptBlock shrink(ScriptBlock failing, Predicate<ScriptBlock> fails) {
        ScriptBlock smallest = failing;
        boolean progress = true;
        while (progress) {
            progress = false;
            for (ScriptBlock candidate : candidates(smallest)) {
                if (fails.test(candidate)) {
                    smallest = candidate;
                    progress = true;
                    break;
                }
            }
        }
        return smallest;
    }

    private static List<ScriptBlock> candidates(ScriptBlock block) {
        List<ScriptBlock> candidates = new ArrayList<>();
        int count = block.count();
        for (int length = Math.max(1, count / 2); length >= 1; length /= 2) {
            for (int from = 0; from + length <= count; from += length) {
                List<List<ScriptOp>> fewer = new ArrayList<>(block.transactions);
                fewer.subList(from, from + length).clear();
                candidates.add(block.with(fewer));
            }
        }
        for (int i = 0; i < count; i++) {
            for (int step = 0; step < block.transactions.get(i).size(); step++) {
                List<ScriptOp> shorter = new ArrayList<>(block.transactions.get(i));
                shorter.remove(step);
                List<List<ScriptOp>> changed = new ArrayList<>(block.transactions);
                changed.set(i, shorter);
                candidates.add(block.with(changed));
            }
        }
        return candidates;
    }
}
