package dev.varve.logstore.io;

import dev.varve.logstore.io.sim.CrashModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The simulated disk's naive twin: durable arrays, and one list of everything since. It makes no
 * crash, it judges one: whether what was found may be, by the words of {@link CrashModel} alone.
 */
final class NaiveDisk {

    private static final int PAGE = 4096;
    private static final int WORD = 8;

    private final TreeMap<String, NaiveFile> durableNames = new TreeMap<>();
    private final List<Op> pending = new ArrayList<>();

    /** A disk on which all of {@code files} is durable. */
    NaiveDisk(Map<String, byte[]> files) {
        files.forEach((name, bytes) -> durableNames.put(name, new NaiveFile(bytes)));
    }

    void add(Op op) {
        pending.add(op);
    }

    void force(NaiveFile file) {
        file.durable = content(file, pending.size());
        pending.removeIf(op -> op.file() == file && !(op instanceof Create));
    }

    void forceDirectory() {
        Map<String, NaiveFile> names = names(pending.size());
        durableNames.clear();
        durableNames.putAll(names);
        pending.removeIf(NaiveDisk::isName);
    }

    long pendingNames() {
        return pending.stream().filter(NaiveDisk::isName).count();
    }

    Map<String, NaiveFile> names() {
        return names(pending.size());
    }

    byte[] content(NaiveFile file) {
        return content(file, pending.size());
    }

    /** Whether a power cut may leave this. */
    boolean allows(CrashModel model, Map<String, byte[]> found) {
        Judge any = (file, bytes) -> pagesAre(file, bytes, PAGE);
        return switch (model) {
            case LOSE_ALL ->
                    matches(names(0), found, (file, bytes) -> Arrays.equals(bytes, file.durable));
            case KEEP_ALL ->
                    matches(names(), found, (file, bytes) -> Arrays.equals(bytes, content(file)));
            case PREFIX -> isPrefix(found);
            case RANDOM_4K -> matches(names(), found, any);
            case TORN -> matches(names(), found, (file, bytes) -> pagesAre(file, bytes, WORD));
            case GARBAGE -> matches(names(), found, this::isUntouchedOrAnything);
            case GROWN_ZERO -> matches(names(), found, this::isGrown);
            case DIR_LOSS -> namesUpToAny().anyMatch(names -> matches(names, found, any));
            case DIR_REORDER -> anySubset(0, new ArrayList<>(), n -> matches(n, found, any));
        };
    }

    // ---- names

    private Map<String, NaiveFile> names(int count) {
        return apply(pending.subList(0, count));
    }

    private Map<String, NaiveFile> apply(List<Op> ops) {
        Map<String, NaiveFile> names = new TreeMap<>(durableNames);
        for (Op op : ops) {
            switch (op) {
                case Create create -> names.put(create.name, create.file);
                case Delete delete -> names.remove(delete.name);
                case Rename rename -> {
                    NaiveFile file = names.remove(rename.from);
                    if (file != null) {
                        names.put(rename.to, file);
                    }
                }
                case Write write -> {}
                case Cut cut -> {}
            }
        }
        return names;
    }

    private Stream<Map<String, NaiveFile>> namesUpToAny() {
        return IntStream.rangeClosed(0, pending.size()).mapToObj(this::names);
    }

    private boolean anySubset(int from, List<Op> kept, Predicate<Map<String, NaiveFile>> test) {
        List<Op> changes = pending.stream().filter(NaiveDisk::isName).toList();
        if (from == changes.size()) {
            return test.test(apply(kept));
        }
        if (anySubset(from + 1, kept, test)) {
            return true;
        }
        List<Op> more = new ArrayList<>(kept);
        more.add(changes.get(from));
        return anySubset(from + 1, more, test);
    }

    private static boolean isName(Op op) {
        return op instanceof Create || op instanceof Rename || op instanceof Delete;
    }

    private static boolean matches(
            Map<String, NaiveFile> names, Map<String, byte[]> found, Judge judge) {
        return names.keySet().equals(found.keySet())
                && found.entrySet().stream()
                        .allMatch(f -> judge.allows(file(names, f.getKey()), f.getValue()));
    }

    private static NaiveFile file(Map<String, NaiveFile> names, String name) {
        NaiveFile file = names.get(name);
        if (file == null) {
            throw new AssertionError(name);
        }
        return file;
    }

    // ---- bytes

    private byte[] content(NaiveFile file, int count) {
        byte[] bytes = file.durable;
        for (Op op : pending.subList(0, count)) {
            if (op.file() == file) {
                bytes = apply(op, bytes, Integer.MAX_VALUE);
            }
        }
        return bytes;
    }

    /** The file after {@code op}, of which a write stops at an offset. */
    private static byte[] apply(Op op, byte[] before, int stop) {
        return switch (op) {
            case Cut cut -> Arrays.copyOf(before, Math.min(before.length, cut.length));
            case Write write -> write(write, before, stop);
            case Create create -> before;
            case Rename rename -> before;
            case Delete delete -> before;
        };
    }

    private static byte[] write(Write write, byte[] before, int stop) {
        int length = Math.min(write.bytes.length, stop - write.offset);
        if (length <= 0) {
            return before;
        }
        byte[] after = Arrays.copyOf(before, Math.max(before.length, write.offset + length));
        System.arraycopy(write.bytes, 0, after, write.offset, length);
        return after;
    }

    /** All contents of a file since its last force, the durable one first. */
    private List<byte[]> versions(NaiveFile file) {
        List<byte[]> versions = new ArrayList<>(List.of(file.durable));
        byte[] bytes = file.durable;
        for (Op op : pending) {
            if (op.file() == file && !(op instanceof Create)) {
                bytes = apply(op, bytes, Integer.MAX_VALUE);
                versions.add(bytes);
            }
        }
        return versions;
    }

    private boolean pagesAre(NaiveFile file, byte[] found, int unit) {
        List<byte[]> versions = versions(file);
        if (versions.stream().noneMatch(v -> v.length == found.length)) {
            return false;
        }
        for (int i = 0; i < found.length; i += unit) {
            int from = i;
            int to = Math.min(i + unit, found.length);
            if (versions.stream().noneMatch(v -> sameRange(found, v, from, to))) {
                return false;
            }
        }
        return true;
    }

    private boolean isUntouchedOrAnything(NaiveFile file, byte[] found) {
        List<byte[]> versions = versions(file);
        if (versions.stream().noneMatch(v -> v.length == found.length)) {
            return false;
        }
        boolean[] touched = new boolean[100_000];
        byte[] before = file.durable;
        for (Op op : pending) {
            if (op.file() != file) {
                continue;
            }
            if (op instanceof Write write) {
                Arrays.fill(touched, write.offset, write.offset + write.bytes.length, true);
            } else if (op instanceof Cut cut && cut.length < before.length) {
                Arrays.fill(touched, cut.length, before.length, true);
            }
            before = apply(op, before, Integer.MAX_VALUE);
        }
        for (int i = 0; i < found.length; i++) {
            if (!touched[i] && found[i] != at(file.durable, i)) {
                return false;
            }
        }
        return true;
    }

    private boolean isGrown(NaiveFile file, byte[] found) {
        int length = Math.max(file.durable.length, content(file).length);
        return Arrays.equals(found, Arrays.copyOf(file.durable, length));
    }

    private static boolean sameRange(byte[] found, byte[] version, int from, int to) {
        for (int i = from; i < to; i++) {
            if (found[i] != at(version, i)) {
                return false;
            }
        }
        return true;
    }

    private static byte at(byte[] bytes, int index) {
        return index < bytes.length ? bytes[index] : 0;
    }

    // ---- order

    private boolean isPrefix(Map<String, byte[]> found) {
        for (int count = 0; count <= pending.size(); count++) {
            int whole = count;
            Op part = count < pending.size() ? pending.get(count) : null;
            if (matches(names(count), found, (f, bytes) -> isPrefix(f, bytes, whole, part))) {
                return true;
            }
        }
        return false;
    }

    private boolean isPrefix(NaiveFile file, byte[] found, int whole, @Nullable Op part) {
        byte[] before = content(file, whole);
        if (Arrays.equals(found, before)) {
            return true;
        }
        if (!(part instanceof Write write) || write.file != file) {
            return false;
        }
        for (int stop = 0; stop < write.offset + write.bytes.length; stop += 512) {
            if (Arrays.equals(found, apply(write, before, stop))) {
                return true;
            }
        }
        return false;
    }

    private interface Judge {
        boolean allows(NaiveFile file, byte[] found);
    }

    /** A file, whatever its name; compared by identity. */
    static final class NaiveFile {
        private byte[] durable;

        NaiveFile(byte[] durable) {
            this.durable = durable;
        }
    }

    /** Something that was done to the disk. */
    sealed interface Op {
        /** The file whose bytes or name it is about, where that is known without the names. */
        default @Nullable NaiveFile file() {
            return null;
        }
    }

    record Create(String name, NaiveFile file) implements Op {}

    record Rename(String from, String to) implements Op {}

    record Delete(String name) implements Op {}

    record Cut(NaiveFile file, int length) implements Op {}

    static final class Write implements Op {
        private final NaiveFile file;
        private final int offset;
        private final byte[] bytes;

        Write(NaiveFile file, int offset, byte[] bytes) {
            this.file = file;
            this.offset = offset;
            this.bytes = bytes;
        }

        @Override
        public NaiveFile file() {
            return file;
        }
    }

    /** The contents of a storage, to be judged. */
    static Map<String, byte[]> contents(Storage storage) {
        Map<String, byte[]> contents = new HashMap<>();
        storage.list().forEach(name -> contents.put(name, Contents.of(storage, name)));
        return contents;
    }
}
