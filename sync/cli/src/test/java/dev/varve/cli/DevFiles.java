package dev.varve.cli;

import dev.varve.sync.ethereum.BlockHeader;
import dev.varve.sync.ethereum.HeaderField;
import dev.varve.sync.ethereum.crypto.Keccak256;
import dev.varve.sync.ethereum.rlp.RlpReader;
import dev.varve.sync.ethereum.rlp.RlpWriter;
import dev.varve.sync.ethereum.source.DevChain;
import dev.varve.sync.ethereum.source.DevChainOptions;
import dev.varve.sync.ethereum.source.GenesisAccount;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.function.UnaryOperator;

/** A generated chain as files: its blocks as RLP and its genesis as JSON, whole or damaged. */
final class DevFiles {

    private static final HexFormat HEX = HexFormat.of();

    private final DevChain chain;
    private final RlpWriter writer = new RlpWriter();

    DevFiles(DevChainOptions options) {
        this.chain = DevChain.of(options);
    }

    /** Height of the last block. */
    long last() {
        return chain.end() - 1;
    }

    BlockHeader header(long height) {
        return BlockHeader.decode(chain.header(height));
    }

    String hash(long height) {
        return hash(header(height));
    }

    static String hash(BlockHeader header) {
        return "0x" + HEX.formatHex(header.hash(new Keccak256()));
    }

    /** A block, encoded; the header may be another than the chain's. */
    byte[] block(long height, BlockHeader header) {
        byte[] body = chain.body(height);
        RlpReader reader = new RlpReader(body);
        reader.enterList();
        int start = reader.offset();
        return writer.reset()
                .startList()
                .raw(header.rlp())
                .raw(body, start, body.length - start)
                .endList()
                .toByteArray();
    }

    /** Writes all blocks, one of them changed; returns where in the file that one is. */
    long write(Path file, long changedHeight, UnaryOperator<byte[]> change) throws IOException {
        ByteArrayOutputStream blocks = new ByteArrayOutputStream();
        long offset = 0;
        for (long height = 0; height <= last(); height++) {
            byte[] block = block(height, header(height));
            if (height == changedHeight) {
                offset = blocks.size();
                block = change.apply(block);
            }
            blocks.writeBytes(block);
        }
        Files.write(file, blocks.toByteArray());
        return offset;
    }

    /** Writes the genesis file of the chain. */
    void writeGenesis(Path file) throws IOException {
        BlockHeader first = header(0);
        StringBuilder json = new StringBuilder("{\"config\":{\"chainId\":1337");
        String[] forks = {
            "homestead", "eip150", "eip158", "byzantium", "constantinople", "petersburg", "istanbul"
        };
        for (String fork : forks) {
            json.append(",\"").append(fork).append("Block\":0");
        }
        json.append("},\"gasLimit\":\"").append(first.gasLimit());
        json.append("\",\"difficulty\":\"").append(first.difficulty());
        json.append("\",\"timestamp\":\"").append(first.timestamp());
        json.append("\",\"extraData\":\"0x").append(HEX.formatHex(first.extraData()));
        json.append("\",\"alloc\":{");
        String comma = "";
        for (GenesisAccount account : chain.genesis().accounts()) {
            json.append(comma).append('"').append(HEX.formatHex(account.address()));
            json.append("\":{\"balance\":\"").append(account.balance()).append("\"}");
            comma = ",";
        }
        Files.writeString(file, json.append("}}"));
    }

    /** The header with one field changed. */
    static BlockHeader with(BlockHeader header, HeaderField changed, byte[] value) {
        BlockHeader.Builder builder = new BlockHeader.Builder();
        for (HeaderField field : HeaderField.values()) {
            if (header.has(field)) {
                builder.set(field, field == changed ? value : header.bytes(field));
            }
        }
        return builder.build();
    }
}
