package dev.varve.logstore;

import dev.varve.logstore.run.HeightCursor;
import dev.varve.logstore.run.HeightsFile;
import dev.varve.logstore.run.RunRange;

/** A part of the index by height that is a file. For any thread; closes the file. */
record HeightsPart(HeightsFile file) implements HeightPart {

    RunRange range() {
        return file.range();
    }

    @Override
    public long start() {
        return file.range().start();
    }

    @Override
    public long end() {
        return file.range().end();
    }

    @Override
    public long findBelow(int table, long height, long bound) {
        return file.find(table, height, bound);
    }

    @Override
    public long nextHeight(int table, long from, long bound) {
        return file.next(table, from, bound);
    }

    @Override
    public long lastHeight(int table, long bound) {
        return file.last(table, bound);
    }

    @Override
    public HeightCursor cursor() {
        return file.cursor();
    }

    @Override
    public String fileName() {
        return file.range().heightsName();
    }

    @Override
    public void close() {
        file.close();
    }
}
