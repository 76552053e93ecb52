package dev.varve.bloom;

import java.util.Optional;

/** How ids are hashed. The code is part of the file formats and never changes its meaning. */
public enum IdHashAlgorithm {

    /**
     * Keyed folded multiplication: the default. Fast, and out of reach of an attacker who cannot
     * observe hashes; see {@link FoldedIdHash} for what is proven and what is not.
     */
    FOLDED(1),

    /**
     * SipHash-2-4 with 128 bits of output: ten times slower, and a pseudo-random function even
     * for an attacker who learns the hashes of ids of his choice.
     */
    SIPHASH(2);

    private final int code;

    IdHashAlgorithm(int code) {
        this.code = code;
    }

    /** The number that stands for this algorithm in file headers. */
    public int code() {
        return code;
    }

    /** The algorithm of that code; empty for a code that this release does not know. */
    public static Optional<IdHashAlgorithm> ofCode(int code) {
        for (IdHashAlgorithm algorithm : values()) {
            if (algorithm.code == code) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }
}
