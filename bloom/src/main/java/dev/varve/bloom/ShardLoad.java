package dev.varve.bloom;

import java.util.List;

/**
 * What was found in the checkpoint of one shard.
 *
 * @param shard 0 to 255
 * @param state whether the file could be used
 * @param position the log position of the checkpoint: every id below it is in the bits; {@link
 *     #NO_POSITION} unless the state is {@link State#LOADED}
 * @param badChunks the numbers of the 1 MiB chunks that were damaged; every bit of theirs is set
 *     now, so that their ids are answered with "maybe" until the shard is rebuilt
 */
public record ShardLoad(int shard, State state, long position, List<Integer> badChunks) {

    /** Below every position: nothing of the log is known to be in the shard. */
    public static final long NO_POSITION = -1;

    public ShardLoad {
        badChunks = List.copyOf(badChunks);
    }

    /** Whether a shard's file could be used. */
    public enum State {
        /** The header is good, and so are all chunks that are not listed as bad. */
        LOADED,
        /** There is no file: the shard was never checkpointed. */
        MISSING,
        /** The header or the table of chunks is damaged: nothing of the file was used. */
        DAMAGED
    }
}
