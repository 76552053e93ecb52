package dev.varve.logstore.io.sim;

/** When what is written to a {@link SimDisk} takes space, and what happens if there is none. */
public enum SpaceModel {
    /** At once, as on ext4. A write that does not fit fails; files are charged by their lengths. */
    AT_ONCE,
    /**
     * When it is forced, or the system saves it of its own accord; and the disk tells of that at
     * some time later. But every write makes sure of its place, and fails if there is none. A page
     * that is written over takes another place before it gives back its old one. As on btrfs.
     */
    RESERVED,
    /** As {@link #RESERVED}, but no write makes sure of anything: it is the force that fails. */
    AT_FORCE
}
