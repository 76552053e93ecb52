package dev.varve.cli;

import dev.varve.sync.ethereum.source.BlockSource;
import dev.varve.sync.ethereum.source.DevChain;
import dev.varve.sync.ethereum.source.DevChainOptions;
import dev.varve.sync.ethereum.source.Era1Source;
import dev.varve.sync.ethereum.source.Genesis;
import dev.varve.sync.ethereum.source.GenesisFirst;
import dev.varve.sync.ethereum.source.RlpFileSource;
import dev.varve.sync.ethereum.source.SourceException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where blocks come from, as the command line names it: a kind, a colon, and what that kind needs.
 *
 * @param argument a path, or options of a generated chain
 */
record SourceSpec(Kind kind, String argument) {

    /** What is in front of the colon, in capitals. */
    enum Kind {
        ERA1,
        RLP,
        DEV
    }

    /** The blocks and what they begin with. Closed by who opened it. */
    record Chain(BlockSource source, Genesis genesis) implements AutoCloseable {
        @Override
        public void close() {
            source.close();
        }
    }

    /** Reads a spec; throws an IllegalArgumentException that says what is wrong. */
    static SourceSpec parse(String text) {
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        String argument = colon < 0 ? "" : text.substring(colon + 1);
        for (Kind kind : Kind.values()) {
            if (name.equals(kind.name().toLowerCase(Locale.ROOT))) {
                if (kind != Kind.DEV && argument.isEmpty()) {
                    throw new IllegalArgumentException("no path follows \"" + name + ":\"");
                }
                return new SourceSpec(kind, argument);
            }
        }
        throw new IllegalArgumentException(
                "a source is era1:PATH, rlp:PATH or dev:blocks=N,txs=M,seed=S, not \"" + text
                        + '"');
    }

    /**
     * Opens the source; the caller closes it.
     *
     * @param genesis the genesis file, which files of blocks need and generated chains have not
     */
    Chain open(@Nullable Path genesis) {
        if (kind == Kind.DEV) {
            if (genesis != null) {
                throw CommandException.usage(
                        "a dev chain has a genesis of its own: leave --genesis out");
            }
            DevChain chain = DevChain.of(devOptions());
            return new Chain(chain, chain.genesis());
        }
        if (genesis == null) {
            throw CommandException.usage(
                    "blocks from a file need --genesis FILE: the state that they begin with");
        }
        Genesis beginning = Genesis.read(genesis);
        Path path = Path.of(argument);
        BlockSource source = kind == Kind.ERA1 ? Era1Source.open(path) : RlpFileSource.open(path);
        if (source.first() > 1) {
            source.close();
            throw new SourceException(
                    argument, 0, "begins at height " + source.first() + ", not at 0 or 1");
        }
        return new Chain(GenesisFirst.of(source, beginning), beginning);
    }

    private DevChainOptions devOptions() {
        try {
            return DevChainOptions.parse(argument);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage("--source " + e.getMessage());
        }
    }
}
