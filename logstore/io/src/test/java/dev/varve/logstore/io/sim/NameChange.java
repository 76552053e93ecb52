package dev.varve.logstore.io.sim;

import java.util.Map;

/** Something that happened to the names of a directory. Immutable. */
sealed interface NameChange {

    /** When, over the whole disk. */
    long sequence();

    /** Does it to {@code names}; does nothing where an earlier change that it builds on is missing. */
    void apply(Map<String, SimInode> names);

    record Create(long sequence, String name, SimInode inode) implements NameChange {
        @Override
        public void apply(Map<String, SimInode> names) {
            names.put(name, inode);
        }
    }

    record Rename(long sequence, String from, String to) implements NameChange {
        @Override
        public void apply(Map<String, SimInode> names) {
            SimInode inode = names.remove(from);
            if (inode != null) {
                names.put(to, inode);
            }
        }
    }

    record Delete(long sequence, String name) implements NameChange {
        @Override
        public void apply(Map<String, SimInode> names) {
            names.remove(name);
        }
    }
}
