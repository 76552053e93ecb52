package dev.varve.engine.exec;

import java.util.List;

/**
 * Sorts keys into kinds, so that conflicts can be counted by what they are about. Called by many
 * threads.
 */
public interface KeyClassifier {

    /** Every key is of one kind. */
    KeyClassifier NONE =
            new KeyClassifier() {
                @Override
                public List<String> kinds() {
                    return List.of("key");
                }

                @Override
                public int kindOf(byte[] key) {
                    return 0;
                }
            };

    /** The names of the kinds; the list never changes. */
    List<String> kinds();

    /** The kind of a key, an index into {@link #kinds()}. */
    int kindOf(byte[] key);
}
