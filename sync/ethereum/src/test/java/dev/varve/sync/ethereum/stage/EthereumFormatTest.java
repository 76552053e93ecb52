package dev.varve.sync.ethereum.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.logstore.TableSpec;
import dev.varve.sync.ethereum.source.DevChain;
import dev.varve.sync.ethereum.source.DevChainOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The list of tables in docs/FORMAT-ethereum.md is that of the stages, owners included. */
final class EthereumFormatTest {

    private static final Pattern ROW =
            Pattern.compile(
                    "(?m)^\\| `(eth\\.[a-z-]+)` \\| (height|key) \\|"
                            + "[^|]*\\|[^|]*\\| ([a-z-]+) \\|");

    @Test
    void shouldMatchThePage() throws IOException {
        Path page = Path.of(System.getProperty("varve.root"), "docs", "FORMAT-ethereum.md");
        Map<String, String> written = new TreeMap<>();
        Matcher row = ROW.matcher(Files.readString(page));
        while (row.find()) {
            written.put(row.group(1), "by " + row.group(2) + ", " + row.group(3));
        }
        Map<String, String> owned = new TreeMap<>();
        DevChain chain = DevChain.of(DevChainOptions.DEFAULT);
        EthereumStages.of(chain, chain.genesis())
                .forEach(
                        stage -> {
                            for (TableSpec table : stage.spec().tables()) {
                                String order =
                                        table.order() == TableSpec.Order.KEY ? "key" : "height";
                                owned.put(table.name(), "by " + order + ", " + stage.spec().id());
                            }
                        });
        assertEquals(9, owned.size());
        assertEquals(owned, written);
    }
}
