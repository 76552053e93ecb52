package dev.varve.sync;

import dev.varve.logstore.TableSpec;
import java.util.ArrayList;
import java.util.List;

/**
 * What a stage declares about itself. Immutable; made with {@link #named}.
 *
 * @param id names the stage in the store, for good: 1 to 64 lower-case letters, digits, dots,
 *     dashes or underscores
 * @param inputs ids of the stages that must be ahead of this one, and whose tables it may read, as
 *     well as those of their inputs
 * @param tables the tables that this stage alone writes
 * @param after ids of stages that come before this one in a run although it needs nothing of theirs
 */
public record StageSpec(
        String id, List<String> inputs, List<TableSpec> tables, List<String> after) {

    private static final int MAX_ID_LENGTH = 64;

    public StageSpec {
        if (id.isEmpty() || id.length() > MAX_ID_LENGTH) {
            throw new IllegalArgumentException(
                    "a stage's id has 1 to " + MAX_ID_LENGTH + " characters, not \"" + id + '"');
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9') && "._-".indexOf(c) < 0) {
                throw new IllegalArgumentException(
                        "a stage's id has no '" + c + "', as \"" + id + "\" does");
            }
        }
        inputs = List.copyOf(inputs);
        tables = List.copyOf(tables);
        after = List.copyOf(after);
    }

    /** Starts a spec. */
    public static Builder named(String id) {
        return new Builder(id);
    }

    /** Collects a spec; for one thread. */
    public static final class Builder {

        private final String id;
        private final List<String> inputs = new ArrayList<>();
        private final List<TableSpec> tables = new ArrayList<>();
        private final List<String> after = new ArrayList<>();

        private Builder(String id) {
            this.id = id;
        }

        /** Adds stages that must be ahead of this one. */
        public Builder inputs(String... stages) {
            inputs.addAll(List.of(stages));
            return this;
        }

        /** Adds tables that this stage alone writes. */
        public Builder owns(TableSpec... owned) {
            tables.addAll(List.of(owned));
            return this;
        }

        /** Adds stages that come before this one, although it needs nothing of theirs. */
        public Builder after(String... stages) {
            after.addAll(List.of(stages));
            return this;
        }

        public StageSpec build() {
            return new StageSpec(id, inputs, tables, after);
        }
    }
}
