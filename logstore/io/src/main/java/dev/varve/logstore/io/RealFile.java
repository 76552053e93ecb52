package dev.varve.logstore.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file of a {@link FileStorage}. Safe for use by many threads; closed by its opener. Throws
 * {@link StorageException}s that name the path and the offset.
 */
final class RealFile implements StorageFile {

    /**
     * The longest piece that is read into the heap at once. The JDK copies each through a direct
     * buffer that it then keeps for the thread, which must not grow with the length of a caller's
     * array.
     */
    private static final long HEAP_PIECE_LENGTH = 1 << 20;

    private static final long LONGEST_BUFFER = 1 << 30;

    /**
     * What is written ends at a multiple of this, and goes on with another call. Linux puts what
     * one call writes into folios as large as that; of a file in folios of a megabyte, random reads
     * of its mapping took two to four times as long in a virtual machine (docs/decisions/0021). A
     * power of two.
     */
    private static final long WRITE_PIECE_LENGTH = 64 << 10;

    private final Path path;
    private final String name;
    private final Storage.Access access;
    private final SteadyChannel channel;

    /** A test lets its reads fail. */
    final @Nullable DirectReads direct;

    private final @Nullable Object key;

    /** Of all files of the storage. */
    private final LateSpace space;

    /** Bytes that were written, and how many of these before a force or a cut. */
    private long written; // all guarded by this

    private long settled;

    /** The file's length as far as it is known here; -1 before the first write. */
    private long end = -1;

    private boolean closed;

    private RealFile(
            Path path,
            String name,
            Storage.Access access,
            Set<StandardOpenOption> options,
            LateSpace space)
            throws IOException {
        this.path = path;
        this.name = name;
        this.access = access;
        this.space = space;
        channel = SteadyChannel.open(path, options);
        try {
            key = key(path);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        direct =
                access == Storage.Access.READ_ONCE && key != null
                        ? new DirectReads(path, key)
                        : null;
    }

    static RealFile create(Path path, String name, LateSpace space) throws IOException {
        return new RealFile(
                path,
                name,
                Storage.Access.READ_WRITE,
                EnumSet.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE),
                space);
    }

    static RealFile open(
            Path path, String name, Storage.Access access, LateSpace space)
            throws IOException {
        Set<StandardOpenOption> options =
                access == Storage.Access.READ_WRITE
                        ? EnumSet.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
                        : EnumSet.of(StandardOpenOption.READ);
        while (true) {
            Object before = key(path);
            RealFile opened = new RealFile(path, name, access, options, space);
            if (Objects.equals(before, opened.key)) {
                return opened;
            }
            // The name went to another file meanwhile: which of the two is open, nothing tells.
            opened.channel.close();
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long length() {
        try {
            return channel.size();
        } catch (IOException e) {
            throw failure("Cannot tell the length", StorageException.NO_OFFSET, e);
        }
    }

    @Override
    public int read(MemorySegment destination, long offset) {
        long length = destination.byteSize();
        Ranges.checkOffset(offset);
        Ranges.checkReadLength(length);
        long done = 0;
        try {
            while (done < length) {
                long longest = destination.isNative() ? LONGEST_BUFFER : HEAP_PIECE_LENGTH;
                MemorySegment piece = piece(destination, done, longest);
                int read = direct == null ? 0 : direct.read(piece, offset + done);
                if (read == 0) {
                    read = channel.read(piece.asByteBuffer(), offset + done);
                }
                if (read < 0) {
                    break;
                }
                done += read;
            }
        } catch (IOException e) {
            throw failure("Cannot read", offset + done, e);
        }
        return (int) done;
    }

    @Override
    public void write(MemorySegment source, long offset) {
        long length = source.byteSize();
        Ranges.checkOffset(offset);
        requireWritable();
        long done = 0;
        try {
            noteWriting(offset, length);
            while (done < length) {
                ByteBuffer bytes = piece(source, done, LONGEST_BUFFER).asByteBuffer();
                int end = bytes.limit();
                while (bytes.position() < end) {
                    long room = WRITE_PIECE_LENGTH - (offset + done & WRITE_PIECE_LENGTH - 1);
                    bytes.limit((int) Math.min(bytes.position() + room, end));
                    done += channel.write(bytes, offset + done);
                }
            }
        } catch (IOException e) {
            throw DiskErrors.growthFailure("Cannot write", path, offset + done, length - done, e);
        }
    }

    @Override
    public void force() {
        long before = written();
        try {
            channel.forceContent();
            noteSettled(before);
        } catch (IOException e) {
            // Never "full", even where that was the reason: what is on disk is unknown now.
            throw failure("Cannot force", StorageException.NO_OFFSET, e);
        }
    }

    @Override
    public void truncate(long length) {
        Ranges.checkLength(length);
        requireWritable();
        try {
            channel.truncate(length);
            noteCut(length);
        } catch (IOException e) {
            throw failure("Cannot truncate", length, e);
        }
    }

    /**
     * The channel itself cannot map, so a second one is opened by name for this call. It is of the
     * kind that an interrupt closes; the call is then made again.
     */
    @Override
    public MemorySegment map(long offset, long length, Arena arena) {
        Ranges.checkWithin(offset, length, length());
        boolean interrupted = false;
        try {
            while (true) {
                interrupted |= Thread.interrupted();
                try (FileChannel mapping = FileChannel.open(path, StandardOpenOption.READ)) {
                    requireSameFile();
                    return mapping.map(FileChannel.MapMode.READ_ONLY, offset, length, arena);
                } catch (ClosedByInterruptException e) {
                    interrupted = true;
                }
            }
        } catch (IOException e) {
            throw failure("Cannot map " + length + " bytes", offset, e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized long written() {
        return written;
    }

    private synchronized void noteWriting(long offset, long length) throws IOException {
        if (closed) {
            return;
        }
        if (end < 0) {
            end = channel.size();
        }
        long growth = Math.max(0, offset + length - end);
        end += growth;
        written += length;
        space.wrote(length, growth);
    }

    private synchronized void noteSettled(long upTo) {
        if (upTo > settled) {
            space.forced(upTo - settled);
            settled = upTo;
        }
    }

    private synchronized void noteCut(long length) {
        noteSettled(written - length);
        if (end > length) {
            space.gaveBack(end - length);
            end = length;
        }
    }

    private synchronized void noteClosing() {
        noteSettled(written);
        closed = true;
    }

    @Override
    public void close() {
        noteClosing();
        try (channel;
                direct) {
            // Both are closed here, whatever comes of the other.
        } catch (IOException e) {
            throw failure("Cannot close", StorageException.NO_OFFSET, e);
        }
    }

    private static MemorySegment piece(MemorySegment memory, long from, long longest) {
        long length = memory.byteSize();
        return from == 0 && length <= longest
                ? memory
                : memory.asSlice(from, Math.min(longest, length - from));
    }

    private void requireWritable() {
        if (access != Storage.Access.READ_WRITE) {
            throw new IllegalStateException(path + " is open for reading only");
        }
    }

    /** Guards against mapping another file that took the name. */
    private void requireSameFile() throws IOException {
        if (!Objects.equals(key, key(path))) {
            throw new NoSuchFileException(path.toString(), null, "another file has the name now");
        }
    }

    /**
     * What tells this file from any other that there is now; null where the system has no such
     * thing. A file that is deleted leaves its key to a later one.
     */
    static @Nullable Object key(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    private StorageException failure(String what, long offset, IOException cause) {
        return DiskErrors.failure(what, path, offset, cause);
    }
}
