package io.jandaia.cli;

import io.jandaia.server.identity.Access;
import io.jandaia.server.identity.Database;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where keys and usage are stored. */
final class StoreOptions {

    @Option(names = "--store", paramLabel = "FILE|URL")
    @Nullable
    String store;

    String place() {
        return store == null ? Access.usualPlace(System.getenv()) : store;
    }

    Database open() {
        return Database.open(place());
    }

    /** Who works on the command line, for the record of changes. */
    static String actor() {
        return "cli:" + System.getProperty("user.name", "");
    }
}
