package dev.varve.jmh.counter;

import dev.varve.jmh.workload.HotPath;
import dev.varve.jmh.workload.Workload;
import dev.varve.logstore.io.Storage;
import dev.varve.logstore.io.StorageFile;
import dev.varve.logstore.io.sim.ForwardingFile;
import dev.varve.logstore.io.sim.ForwardingStorage;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Counts a suite as {@link CounterChild} does, with one thing too many in each operation. */
final class PlantedChild {

    private PlantedChild() {}

    public static void main(String[] arguments) {
        HotPath path = HotPath.of(arguments[0]).orElseThrow();
        Path folder = Path.of(arguments[1]);
        UnaryOperator<Storage> seam = UnaryOperator.identity();
        UnaryOperator<Workload> plant = UnaryOperator.identity();
        switch (Plant.valueOf(arguments[2])) {
            case NOTHING -> {}
            case ALLOCATION -> plant = Allocating::new;
            case READ -> seam = ReadingTwice::new;
            case FORCE -> seam = ForcingTwice::new;
        }
        CounterChild.print(CounterRun.of(path, folder, seam, plant));
    }

    /** What is done once too often. */
    enum Plant {
        NOTHING,
        ALLOCATION,
        READ,
        FORCE
    }

    /** Allocates the smallest object there is. */
    private static final class Allocating implements Workload {
        private final Workload workload;

        @SuppressWarnings("UnusedVariable") // Written so that the object has to be made.
        private @Nullable Object last;

        Allocating(Workload workload) {
            this.workload = workload;
        }

        @Override
        public long run(long operations) {
            long sum = 0;
            for (long i = 0; i < operations; i++) {
                last = new Object();
                sum += workload.run(1);
            }
            return sum;
        }

        @Override
        public void tidy() {
            workload.tidy();
        }

        @Override
        public void close() {
            workload.close();
        }
    }

    /** Reads everything twice. */
    private static final class ReadingTwice extends ForwardingStorage {
        ReadingTwice(Storage delegate) {
            super(delegate);
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            return new ForwardingFile(file) {
                @Override
                public int read(MemorySegment destination, long offset) {
                    super.read(destination, offset);
                    return super.read(destination, offset);
                }
            };
        }
    }

    /** Forces once more before each force. */
    private static final class ForcingTwice extends ForwardingStorage {
        ForcingTwice(Storage delegate) {
            super(delegate);
        }

        @Override
        protected StorageFile wrap(StorageFile file) {
            return new ForwardingFile(file) {
                @Override
                public void force() {
                    super.force();
                    super.force();
                }
            };
        }
    }
}
