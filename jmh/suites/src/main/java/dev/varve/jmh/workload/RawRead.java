package dev.varve.jmh.workload;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/**
 * The physical limit of a lookup without a cache of its own: one positional read of a random 4 KiB
 * page, from a file as long as the store's.
 */
final class RawRead implements Workload {

    private static final int PAGE = 4096;
    private static final long RECORD_ON_DISK = 164;

    private final FileChannel channel;
    private final ByteBuffer page = ByteBuffer.allocateDirect(PAGE);
    private final long seed;
    private final long pages;
    private long done;

    RawRead(Site site) {
        seed = site.seed();
        pages = Math.max(1, site.records() * RECORD_ON_DISK / PAGE);
        try {
            channel =
                    FileChannel.open(
                            site.folder().resolve("raw"),
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE);
            for (long i = 0; i < pages; i++) {
                channel.write(page.clear().putLong(0, i), i * PAGE);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long run(long operations) {
        long sum = 0;
        try {
            for (long i = 0; i < operations; i++) {
                long at = Mix.below(seed, done++, pages) * PAGE;
                if (channel.read(page.clear(), at) != PAGE) {
                    throw new IllegalStateException("no page at " + at);
                }
                sum += page.getLong(0);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sum;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
