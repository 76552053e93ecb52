package dev.varve.cli;

import dev.varve.logstore.LogStore;
import dev.varve.logstore.VerifyReport;
import dev.varve.sync.ethereum.stage.ChainReport;
import dev.varve.sync.ethereum.stage.ChainVerifier;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/** Checks everything that a store holds against everything else in it. */
@Command(
        name = "verify",
        description = "Checks a store: every checksum, the chain of frames, the index against the"
                + " log and the log against the index, every header, body and state root, and the"
                + " stored state.",
        footer = {
            "",
            "Every problem is a line of the output; there are at most 100 of the log and 100 of the"
                    + " chain. Needs memory in proportion to the chain's accounts.",
        })
final class VerifyCommand extends StoreCommand {

    VerifyCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    public Integer call() {
        try (LogStore store = store().openExisting()) {
            VerifyReport log = store.verify();
            ChainReport chain = ChainVerifier.verify(store);
            List<String> problems = new ArrayList<>(log.problems());
            problems.addAll(chain.problems());
            if (isJson()) {
                out().println(json(log, chain, problems));
            } else {
                problems.forEach(out()::println);
                out().println(
                        "log    " + log.segments() + " segments, " + log.frames() + " frames, "
                                + log.records() + " records, " + log.bytes() + " bytes: "
                                + verdict(log.problems()));
                out().println(
                        "chain  " + chain.headers() + " headers, " + chain.bodies() + " bodies, "
                                + chain.stateRoots() + " state roots, " + chain.accounts()
                                + " accounts: " + verdict(chain.problems()));
            }
            if (!problems.isEmpty()) {
                surroundings().err().println("varve: " + error(problems));
            }
            return problems.isEmpty() ? ExitCode.OK : ExitCode.CORRUPTION;
        }
    }

    private static String verdict(List<String> problems) {
        return problems.isEmpty() ? "clean" : count(problems);
    }

    private static String count(List<String> problems) {
        return problems.size() == 1 ? "1 problem" : problems.size() + " problems";
    }

    private String error(List<String> problems) {
        return directory() + ": " + count(problems) + ", the first is: " + problems.getFirst();
    }

    private JsonObject json(VerifyReport log, ChainReport chain, List<String> problems) {
        JsonObject json = new JsonObject();
        if (!problems.isEmpty()) {
            json.put("error", error(problems));
        }
        return json.putFlag("clean", problems.isEmpty())
                .put("segments", log.segments())
                .put("frames", log.frames())
                .put("records", log.records())
                .put("bytes", log.bytes())
                .put("headers", chain.headers())
                .put("bodies", chain.bodies())
                .put("stateRoots", chain.stateRoots())
                .put("accounts", chain.accounts())
                .putStrings("problems", problems);
    }
}
