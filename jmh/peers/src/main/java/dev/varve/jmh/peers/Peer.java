package dev.varve.jmh.peers;

import dev.varve.jmh.UsageException;
import dev.varve.logstore.LogOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/** The stores: how each is opened, what its process needs, what it promises and who checks what. */
@SuppressWarnings("ImmutableEnumChecker") // lists made by List.of, and a record of texts
enum Peer {
    VARVE(
            "varve",
            List.of(),
            new Promise(
                    "visible; in the page cache, a crash of the machine removes it wholly",
                    "forces the open segment",
                    "CRC-32C of every record, and its key, at every read, copied or viewed",
                    "the record in the mapping of its segment")) {
        @Override
        PeerStore open(Path directory, long expected) {
            return new VarveStore(directory, LogOptions.bulk());
        }

        @Override
        PeerStore openDurable(Path directory, long expected) {
            return new VarveStore(directory, LogOptions.defaults());
        }
    },

    ROCKSDB(
            "rocksdb",
            Flags.NATIVE,
            new Promise(
                    "visible; write-ahead log in the page cache (sync off)",
                    "syncs the write-ahead log",
                    "checksum of a block when it enters the block cache, none at a hit in it",
                    "none: its JNI always copies")) {
        @Override
        PeerStore open(Path directory, long expected) throws IOException {
            return RocksStore.plain(directory, expected);
        }
    },

    ROCKSDB_BLOBS(
            "rocksdb-blobs",
            Flags.NATIVE,
            new Promise(
                    "visible; write-ahead log in the page cache (sync off)",
                    "syncs the write-ahead log",
                    "as rocksdb, and the CRC of a blob when it is read from its file",
                    "none: its JNI always copies")) {
        @Override
        PeerStore open(Path directory, long expected) throws IOException {
            return RocksStore.withBlobs(directory, expected);
        }
    },

    LMDB(
            "lmdb",
            Flags.LMDB,
            new Promise(
                    "visible; in the mapping (NOSYNC, WRITEMAP), a crash of the machine can"
                            + " damage the file",
                    "syncs the mapping",
                    "nothing: pages have no checksum",
                    "the value in the mapping")) {
        @Override
        PeerStore open(Path directory, long expected) {
            return new LmdbStore(directory, expected);
        }
    },

    CHRONICLE_MAP(
            "chronicle-map",
            Flags.CHRONICLE,
            new Promise(
                    "no batches: each record visible when put; in the mapping, a crash of the"
                            + " machine can damage the file",
                    "syncs the mapping",
                    "nothing at a read: checksums of entries are for recovery alone",
                    "the value in the mapping, its segment locked for reading")) {
        @Override
        PeerStore open(Path directory, long expected) throws IOException {
            return new ChronicleStore(directory, expected);
        }
    },

    H2_MVSTORE(
            "h2-mvstore",
            List.of(),
            new Promise(
                    "visible; a chunk in the page cache; old chunks stay for 45 s, its default",
                    "forces the file",
                    "checksum of a page when it enters the page cache, none at a hit in it",
                    "the object in the page cache on the heap")) {
        @Override
        PeerStore open(Path directory, long expected) {
            return new MvStore(directory, expected);
        }

        @Override
        long heapBytes(long records) {
            return super.heapBytes(records) + 2 * MvStore.cacheBytes(records);
        }

        @Override
        long diskTimesRaw() {
            // Each commit writes most pages again, and those of the last 45 s stay; 22 were seen.
            return 40;
        }
    };

    private static final long HEAP_BYTES = 256 << 20;

    private final String id;
    private final List<String> flags;
    private final Promise promise;

    Peer(String id, List<String> flags, Promise promise) {
        this.id = id;
        this.flags = flags;
        this.promise = promise;
    }

    /**
     * Opens the store in a directory that exists, or makes it there.
     *
     * @param expected how many records it will hold, for those stores that must know
     */
    abstract PeerStore open(Path directory, long expected) throws IOException;

    /** As {@link #open}, for commits that are forced one by one. */
    PeerStore openDurable(Path directory, long expected) throws IOException {
        return open(directory, expected);
    }

    /** As a user names it. */
    String id() {
        return id;
    }

    Promise promise() {
        return promise;
    }

    /** The JVM flags without which it does not run, or not at its best. */
    List<String> flags() {
        return flags;
    }

    /** Heap of its process. */
    long heapBytes(long records) {
        return HEAP_BYTES;
    }

    /** Disk to ask for, in times of its data: twice what the hungriest but one was seen to take. */
    long diskTimesRaw() {
        return 6;
    }

    /** The version that was built in. */
    String version() {
        Properties versions = new Properties();
        try (InputStream in = Peer.class.getResourceAsStream("versions.properties")) {
            if (in == null) {
                throw new IllegalStateException("versions.properties is not in the build");
            }
            versions.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return versions.getProperty(id, "?");
    }

    /** The store of that name. */
    static Peer named(String id) {
        for (Peer peer : values()) {
            if (peer.id.equals(id)) {
                return peer;
            }
        }
        throw new UsageException("no store is named '" + id + "'; there are " + names());
    }

    static String names() {
        return Arrays.stream(values()).map(Peer::id).collect(Collectors.joining(", "));
    }

    /**
     * What a figure was paid for.
     *
     * @param commit what holds once a batch is committed, as it is done here
     * @param force how it is then made to survive a loss of power
     * @param checks what is verified by whom when a value is read
     * @param view where a value lies that is read without a copy
     */
    record Promise(String commit, String force, String checks, String view) {}

    private static final class Flags {

        static final List<String> NATIVE = List.of("--enable-native-access=ALL-UNNAMED");

        static final List<String> LMDB =
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
                        "-Dlmdbjava.disable.checks=true");

        static final List<String> CHRONICLE =
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
                        "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
                        "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
                        "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED",
                        "--add-opens=jdk.compiler/com.sun.tools.javac=ALL-UNNAMED",
                        "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
                        "--add-opens=java.base/java.io=ALL-UNNAMED",
                        "--add-opens=java.base/java.nio=ALL-UNNAMED",
                        "--add-opens=java.base/java.util=ALL-UNNAMED",
                        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
                        "-Dchronicle.analytics.disable=true",
                        "-Dchronicle.announcer.disable=true");

        private Flags() {}
    }
}
