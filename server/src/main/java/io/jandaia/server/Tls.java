package io.jandaia.server;

import io.jandaia.error.JandaiaException;
import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * Encrypted connections. When the files of the certificate change, as they do when it is renewed, new connections get the new one;
 * those that are open go on. Files that are wrong are told and change nothing.
 */
final class Tls implements AutoCloseable {

    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Certificate certificate;
    private final Consumer<String> warn;
    private final SslContextFactory.Server factory = new SslContextFactory.Server();
    private final Thread watch;
    private List<FileTime> changed;

    /** @throws JandaiaException USAGE when the certificate cannot be used */
    Tls(Certificate certificate, Consumer<String> warn) {
        this.certificate = certificate;
        this.warn = warn;
        this.changed = changed(List.of());
        factory.setSslContext(certificate.context());
        this.watch = Thread.ofVirtual().name("jandaia-certificate").start(this::watch);
    }

    SslContextFactory.Server factory() {
        return factory;
    }

    private List<FileTime> changed(List<FileTime> otherwise) {
        try {
            return certificate.changed();
        } catch (IOException e) { // it is just being replaced
            return otherwise;
        }
    }

    private void watch() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                List<FileTime> now = changed(changed);
                if (!now.equals(changed)) {
                    reload();
                    changed = now;
                }
            }
        } catch (InterruptedException e) {
            // the server ends
        }
    }

    private void reload() {
        try {
            var context = certificate.context();
            factory.reload(f -> f.setSslContext(context));
            warn.accept("The server's certificate was renewed.");
        } catch (JandaiaException e) {
            warn.accept(e.getMessage() + " The one before stays in use.");
        } catch (Exception e) { // that is what Jetty declares
            warn.accept("The server's new certificate cannot be used: " + e + ". The one before stays in use.");
        }
    }

    @Override
    public void close() {
        watch.interrupt();
    }
}
