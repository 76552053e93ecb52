package dev.varve.logstore;

/** What a lookup checks of each record that it reads, besides its header and the key. */
public enum ReadCheck {

    /** Its CRC: a page that the disk or the memory damaged is an error and never a value. */
    CHECKSUM,

    /**
     * Nothing: for files that are checked elsewhere. Saves a part of a short record's lookup, which
     * docs/decisions/0021-read-path.md tells, and more of a long one's. Recovery and {@link
     * LogStore#verify()} check the checksums all the same. Where the disk fails to give a page of a
     * mapped file, a function that was handed the record may be the first to meet it: an
     * InternalError, or the end of the process in a loop of the JDK's own over it.
     */
    HEADER
}
