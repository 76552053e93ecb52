package dev.varve.engine.exec;

import java.util.SplittableRandom;

/** Declares what the scripts of a block may touch: exactly, or with omissions and inventions. */
final class ScriptHints implements AccessHints {

    private final ScriptBlock block;
    private final Precision precision;
    private final long seed;

    ScriptHints(ScriptBlock block, Precision precision, long seed) {
        this.block = block;
        this.precision = precision;
        this.seed = seed;
    }

    @Override
    public Precision precision() {
        return precision;
    }

    @Override
    public void declare(int index, KeySink sink) {
        SplittableRandom random = new SplittableRandom(seed + index);
        for (ScriptOp op : block.transactions.get(index)) {
            if (precision == Precision.HINT && random.nextInt(3) == 0) {
                sink.write(block.key(random.nextInt(block.universe)));
            } else {
                declare(op, sink, index);
            }
        }
    }

    private void declare(ScriptOp op, KeySink sink, int index) {
        if (op.isChosen()) {
            for (int i = 0; i < ScriptOp.CANDIDATES; i++) {
                declareOne(op, block.key((op.key() + i) % block.universe), sink);
            }
        } else if (op.kind() == ScriptOp.Kind.ADD || op.kind() == ScriptOp.Kind.ADD_CAUGHT) {
            declareAddition(op.key(), sink, index);
        } else {
            declareOne(op, block.key(op.key()), sink);
        }
    }

    private static void declareOne(ScriptOp op, byte[] key, KeySink sink) {
        switch (op.kind()) {
            case PUT, PUT_CHOSEN, PUT_NUMBER, DELETE -> sink.write(key);
            default -> sink.read(key.clone());
        }
    }

    /** The range of the sum of any additions of the script to the key, taken in order. */
    private void declareAddition(int key, KeySink sink, int index) {
        long low = 0;
        long high = 0;
        for (ScriptOp op : block.transactions.get(index)) {
            boolean isAddition =
                    op.kind() == ScriptOp.Kind.ADD || op.kind() == ScriptOp.Kind.ADD_CAUGHT;
            if (isAddition && op.key() == key) {
                low = Counters.plusSaturated(low, Math.min(0, op.arg()));
                high = Counters.plusSaturated(high, Math.max(0, op.arg()));
            }
        }
        sink.add(block.key(key), low, high);
    }
}
