package dev.varve.sync;

import dev.varve.logstore.TableSpec;
import dev.varve.sync.contract.StageWorkload;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A small chain and three stages that use what a stage can use: an item is a number, and is written
 * by height, found by id, and added to an account.
 */
final class Toys {

    static final TableSpec ITEMS = TableSpec.byHeight("toy.items");
    static final TableSpec INDEX = TableSpec.byKey("toy.index");
    static final TableSpec SUMS = TableSpec.byKey("toy.sums");

    private static final int ACCOUNTS = 3;

    private Toys() {}

    static ItemId id(long height) {
        long mixed = height * 0x9E37_79B9_7F4A_7C15L;
        return ItemId.of(ByteBuffer.allocate(32).putLong(8, mixed).array());
    }

    static byte[] bytes(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    static long number(byte @Nullable [] bytes) {
        return bytes == null ? 0 : ByteBuffer.wrap(bytes).getLong();
    }

    /** The first {@code items} items. */
    static SyncTarget chain(int items) {
        return new SyncTarget() {
            @Override
            public long head() {
                return items - 1L;
            }

            @Override
            public @Nullable ItemId idAt(long height) {
                return height < items ? id(height) : null;
            }
        };
    }

    static List<Stage> stages() {
        return List.of(new Sums(), new Index(), new Items());
    }

    static StageWorkload workload(int items) {
        return new StageWorkload() {
            @Override
            public int items() {
                return items;
            }

            @Override
            public List<Stage> stages() {
                return Toys.stages();
            }

            @Override
            public SyncTarget target(int count) {
                return chain(count);
            }

            @Override
            public List<byte[]> keys(TableSpec table) {
                return Toys.keys(table, items);
            }
        };
    }

    static List<byte[]> keys(TableSpec table, int items) {
        List<byte[]> keys = new ArrayList<>();
        for (int i = 0; i < (table.equals(INDEX) ? items : ACCOUNTS); i++) {
            keys.add(table.equals(INDEX) ? id(i).bytes() : bytes(i));
        }
        return keys;
    }

    /** Does a range item by item until its budget ends. */
    abstract static class ItemByItem implements Stage {

        private final StageSpec spec;

        ItemByItem(StageSpec spec) {
            this.spec = spec;
        }

        @Override
        public final StageSpec spec() {
            return spec;
        }

        @Override
        public StepResult forward(StepContext context, HeightRange range) {
            long height = range.from();
            while (height < range.to() && !context.budget().exhausted()) {
                item(context, height++);
                context.countItems(1);
            }
            if (height > range.from()) {
                context.lineage(id(height - 1));
            }
            return height == range.to() ? new StepResult.Done(height) : new StepResult.More(height);
        }

        abstract void item(StepContext context, long height);
    }

    /** Writes each item's number by height. */
    static final class Items extends ItemByItem {

        Items() {
            super(StageSpec.named("items").owns(ITEMS).build());
        }

        @Override
        void item(StepContext context, long height) {
            context.put(ITEMS, height, bytes(100 + height));
        }
    }

    /** Writes each item's number by id; reads it from the stage before. */
    static final class Index extends ItemByItem {

        Index() {
            super(StageSpec.named("index").inputs("items").owns(INDEX).build());
        }

        @Override
        void item(StepContext context, long height) {
            byte[] item = Objects.requireNonNull(context.get(ITEMS, height), "no item");
            context.put(INDEX, height, id(height).bytes(), item);
        }
    }

    /**
     * Adds each item's number to one of three accounts, and empties an account now and then.
     * Remembers the accounts as long as it may, and must find the same as it would find in the
     * table.
     */
    static final class Sums extends ItemByItem {

        private final Map<Long, Long> remembered = new HashMap<>();

        Sums() {
            super(StageSpec.named("sums").inputs("items").after("index").owns(SUMS).build());
        }

        @Override
        public StepResult forward(StepContext context, HeightRange range) {
            if (!context.continues()) {
                remembered.clear();
            }
            return super.forward(context, range);
        }

        @Override
        void item(StepContext context, long height) {
            long account = height % ACCOUNTS;
            long stored = number(context.get(SUMS, bytes(account)));
            long sum = remembered.getOrDefault(account, stored);
            if (sum != stored) {
                throw new AssertionError("remembered " + sum + ", stored " + stored);
            }
            if (height % 5 == 4) {
                sum = 0;
                context.delete(SUMS, height, bytes(account));
            } else {
                sum += number(context.get(ITEMS, height));
                context.put(SUMS, height, bytes(account), bytes(sum));
            }
            remembered.put(account, sum);
        }
    }
}
