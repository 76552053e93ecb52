package dev.varve.engine.exec;

/**
 * One transaction after the other on the calling thread. Kept as plain as it can be: it is what the
 * other engines are compared with, and is itself compared with a map.
 */
final class SequentialEngine implements Engine {

    private final KeyTable table = new KeyTable();
    private final View view;
    private final WorkerTally tally;

    SequentialEngine(BlockRun run, KeyClassifier classifier) {
        view = new View(run, table);
        tally = new WorkerTally(classifier);
    }

    @Override
    public void execute(BlockRun run) {
        table.clear();
        tally.clear();
        tally.count(WorkerTally.TOOK_PART);
        AccessLog log = view.log();
        for (int index = 0; index < run.count() && !run.isStopped(); index++) {
            executeOne(run, index, log);
        }
        log.forget();
    }

    @Override
    public void addTo(WorkerTally total) {
        tally.addTo(total);
    }

    private void executeOne(BlockRun run, int index, AccessLog log) {
        long from = run.measuresTime() ? System.nanoTime() : 0;
        view.start(index, log);
        tally.count(WorkerTally.EXECUTIONS);
        BlockRun.Ending ending = run.execute(index, view);
        if (ending == BlockRun.Ending.ABANDONED || run.isStopped()) {
            return;
        }
        long ns = run.measuresTime() ? System.nanoTime() - from : 0;
        boolean succeeded = ending == BlockRun.Ending.SUCCEEDED;
        measure(run, log, succeeded, ns);
        if (succeeded) {
            apply(run.batch(), log);
        }
        run.commit(index);
    }

    private static void apply(WriteBatch batch, AccessLog log) {
        for (int i = 0; i < log.size(); i++) {
            Access access = log.get(i);
            if (access.write == Access.Write.SET) {
                access.cell.setValue(access.written);
                batch.record(access.cell);
            }
        }
    }

    private static void measure(BlockRun run, AccessLog log, boolean succeeded, long ns) {
        DependencyMeter meter = run.meter();
        if (meter != null) {
            meter.measure(log, succeeded, ns);
        }
    }

    /** Reads the cells directly and checks every addition at once. */
    private static final class View extends BufferedView {

        private final KeyTable table;
        private final DeclaredKeys declared;
        private boolean isDeclared;

        View(BlockRun run, KeyTable table) {
            super(run);
            this.table = table;
            this.declared = new DeclaredKeys(run.keys());
        }

        void start(int index, AccessLog log) {
            begin(index, log);
            AccessHints hints = run.exactHints();
            isDeclared = hints != null;
            if (hints != null) {
                declared.begin(hints, index);
            }
        }

        @Override
        Access open(byte[] key, int call) {
            long hash = run.keys().hash(key);
            Access access = log().append(table.intern(key, hash));
            if (isDeclared) {
                declared.permit(access, key, hash);
            }
            return access;
        }

        @Override
        void load(Access access) {
            access.read(base(access.cell), 0);
        }

        @Override
        boolean mayDefer(Access access) {
            return false;
        }

        @Override
        void look() {}

        @Override
        AbandonedExecution unsettled() {
            throw new AssertionError("no sum is pending in a sequential execution");
        }
    }
}
