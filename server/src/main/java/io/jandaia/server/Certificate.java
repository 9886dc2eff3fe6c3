package io.jandaia.server;

import io.jandaia.error.JandaiaException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A server's certificate and its key, as web servers have them: two files in PEM.
 *
 * @param chain the certificate, then those that it was signed with
 * @param key its private key, in PKCS#8, without a password
 */
public record Certificate(Path chain, Path key) {

    private static final Pattern KEY = Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");

    /** When the files were changed last: if that changes, so may the certificate. */
    List<FileTime> changed() throws IOException {
        return List.of(Files.getLastModifiedTime(chain), Files.getLastModifiedTime(key));
    }

    /**
     * Reads both files.
     *
     * @throws JandaiaException USAGE when they cannot be read, or do not belong together
     */
    SSLContext context() {
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            java.security.cert.Certificate[] certificates = factory.generateCertificates(
                            new ByteArrayInputStream(Files.readAllBytes(chain)))
                    .toArray(java.security.cert.Certificate[]::new);
            if (certificates.length == 0) {
                throw wrong("the file " + chain + " has no certificate", null);
            }
            PublicKey shown = certificates[0].getPublicKey();
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", privateKey(shown), new char[0], certificates);
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw wrong(String.valueOf(e.getMessage()), e);
        }
    }

    private PrivateKey privateKey(PublicKey shown) throws IOException, GeneralSecurityException {
        Matcher pem = KEY.matcher(Files.readString(key, StandardCharsets.US_ASCII));
        if (!pem.find()) {
            throw wrong(
                    "the file " + key
                            + " has no 'BEGIN PRIVATE KEY' (PKCS#8 without a password); 'openssl pkcs8 -topk8 -nocrypt'"
                            + " makes one of other forms",
                    null);
        }
        String algorithm = shown instanceof RSAPublicKey ? "RSA" : shown instanceof ECPublicKey ? "EC" : "EdDSA";
        return KeyFactory.getInstance(algorithm)
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1))));
    }

    private static JandaiaException wrong(String why, @Nullable Exception cause) {
        return new JandaiaException(
                JandaiaException.Kind.USAGE, "The server's certificate cannot be used: " + why + ".", cause);
    }
}
