package dev.varve.logstore.run;

import dev.varve.logstore.io.StorageFile;

/** How the pages of an index file are read. For any thread. */
interface PageSource {

    /** The pages of a file; the caller closes them. */
    PageAccess pages(StorageFile file, PageChecksum checksum);
}
