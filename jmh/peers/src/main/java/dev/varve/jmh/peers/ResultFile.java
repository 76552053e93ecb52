package dev.varve.jmh.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What one process leaves for another to read: a line for each metric. For one thread.
 *
 * @param path need not exist
 */
record ResultFile(Path path) {

    /** Of the process that loads. */
    static ResultFile ofLoad(Path scratch) {
        return new ResultFile(scratch.resolve("loaded"));
    }

    /** Of the process that measures. */
    static ResultFile ofRun(Path scratch) {
        return new ResultFile(scratch.resolve("results"));
    }

    void write(Map<Metric, Measurement> results) throws IOException {
        List<String> lines = new ArrayList<>();
        results.forEach((metric, result) -> lines.add(metric + "=" + result.text()));
        Files.write(path, lines);
    }

    /** Nothing if nothing was written. */
    Map<Metric, Measurement> read() throws IOException {
        Map<Metric, Measurement> results = new EnumMap<>(Metric.class);
        if (!Files.exists(path)) {
            return results;
        }
        for (String line : Files.readAllLines(path)) {
            int equals = line.indexOf('=');
            results.put(
                    Metric.valueOf(line.substring(0, equals)),
                    Measurement.parse(line.substring(equals + 1)));
        }
        return results;
    }
}
