package io.jandaia.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jandaia.error.JandaiaException;
import io.jandaia.model.LoadOptions;
import io.jandaia.model.Model;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted connections, and certificates that are renewed while a server runs. */
@Timeout(120)
class TlsTest {

    @TempDir
    Path folder;

    /** Makes a certificate and its key in PEM, by the JDK's own tool. */
    private KeyStore make(String name, String algorithm, Path chain, Path key) throws Exception {
        Path store = folder.resolve(name + ".p12");
        Path tool = Path.of(System.getProperty("java.home"), "bin", "keytool");
        Process p = new ProcessBuilder(
                        tool.toString(),
                        "-genkeypair",
                        "-alias",
                        "a",
                        "-keyalg",
                        algorithm,
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=ip:127.0.0.1,dns:localhost",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "secret")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(p.waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, "secret".toCharArray());
        }
        Files.writeString(chain, pem("CERTIFICATE", keys.getCertificate("a").getEncoded()));
        Files.writeString(
                key, pem("PRIVATE KEY", keys.getKey("a", "secret".toCharArray()).getEncoded()));
        return keys;
    }

    private static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(bytes) + "\n-----END " + what
                + "-----\n";
    }

    private static HttpClient trusting(KeyStore keys) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("a", keys.getCertificate("a"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder()
                .sslContext(context)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
    }

    private static String subject(HttpResponse<String> r) throws Exception {
        return ((X509Certificate) r.sslSession().orElseThrow().getPeerCertificates()[0])
                .getSubjectX500Principal()
                .getName();
    }

    @Test
    void aRenewedCertificateIsUsedWithoutARestart() throws Exception {
        Path chain = folder.resolve("chain.pem");
        Path key = folder.resolve("key.pem");
        KeyStore first = make("first", "RSA", chain, key);
        List<String> said = new CopyOnWriteArrayList<>();
        ServeOptions options = ServeOptions.DEFAULT.address("127.0.0.1", 0).certificate(new Certificate(chain, key));
        try (Model starter = Model.open(Path.of("../models/starter"), LoadOptions.DEFAULT)) {
            Models models = new Models(Map.of("starter", () -> starter), Map.of());
            models.open();
            try (ApiServer server = ApiServer.start(options, models, null, r -> {}, said::add)) {
                assertThat(server.uri().getScheme()).isEqualTo("https");
                HttpRequest stream = HttpRequest.newBuilder(URI.create(server.uri() + "/v1/completions"))
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"prompt\":\"Once\",\"max_tokens\":5,\"stream\":true}"))
                        .build();
                try (HttpClient client = trusting(first)) {
                    HttpResponse<String> r = client.send(stream, HttpResponse.BodyHandlers.ofString());
                    assertThat(r.body()).endsWith("data: [DONE]\n\n");
                    assertThat(subject(r)).isEqualTo("CN=first");
                }
                Files.writeString(chain, "nonsense");
                waitFor(said, "stays in use");
                try (HttpClient client = trusting(first)) {
                    assertThat(subject(client.send(stream, HttpResponse.BodyHandlers.ofString())))
                            .isEqualTo("CN=first");
                }
                KeyStore second = make("second", "EC", chain, key);
                waitFor(said, "renewed");
                try (HttpClient client = trusting(second)) {
                    assertThat(subject(client.send(stream, HttpResponse.BodyHandlers.ofString())))
                            .isEqualTo("CN=second");
                }
            }
        }
    }

    private static void waitFor(List<String> said, String text) throws InterruptedException {
        while (said.stream().noneMatch(s -> s.contains(text))) {
            Thread.sleep(Duration.ofMillis(20)); // the timeout of the class ends this
        }
    }

    @Test
    void filesThatCannotBeUsedAreRefusedAtTheStart() throws Exception {
        Path chain = folder.resolve("c.pem");
        Path key = folder.resolve("k.pem");
        make("x", "RSA", chain, key);
        Path other = folder.resolve("other.pem");
        make("y", "EC", folder.resolve("unused.pem"), other);
        Path old = Files.writeString(
                folder.resolve("old.pem"), "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        for (Certificate wrong : List.of(
                new Certificate(folder.resolve("absent.pem"), key),
                new Certificate(chain, other),
                new Certificate(chain, old),
                new Certificate(key, chain))) {
            assertThatThrownBy(wrong::context)
                    .as("%s", wrong)
                    .isInstanceOf(JandaiaException.class)
                    .hasMessageContaining("certificate cannot be used");
        }
    }
}
