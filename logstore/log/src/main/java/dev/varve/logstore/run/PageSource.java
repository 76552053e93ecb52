package dev.varve.logstore.run;

import dev.varve.logstore.io.StorageFile;

/** How the pages of an index file are read. For any thread. */
interface PageSource {

    /**
     * The pages of a file; the caller closes them.
     *
     * @param filter those that are read many at a time as long as they wait for a disk
     */
    PageAccess pages(StorageFile file, PageChecksum checksum, FilterPieces filter);
}
