package io.jandaia.server;

import java.util.List;
import java.util.Optional;

/** The models that requests may have loaded. */
public interface Catalog {

    /** Nothing. */
    Catalog NONE = new Catalog() {
        @Override
        public List<ModelSource> list() {
            return List.of();
        }

        @Override
        public Optional<ModelSource> find(String name) {
            return Optional.empty();
        }
    };

    /** All, in the order in which they are listed. */
    List<ModelSource> list();

    /** The model of a name; the name comes from a request and is never a path. */
    Optional<ModelSource> find(String name);
}
