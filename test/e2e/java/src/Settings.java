import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;

/**
 * Logs in by each properties file, one after the other, and writes beside it what its user would see: the causes, or OK. Files
 * are read as Kafka's tools do. What stands in `<file>.jvm` are properties of the JVM for this file alone.
 */
public class Settings {
    private static final String ALLOWED = "org.apache.kafka.sasl.oauthbearer.allowed.";

    public static void main(String[] files) throws Exception {
        for (String name : files) {
            Path file = Path.of(name);
            Files.writeString(Path.of(name + ".out"), tried(file));
        }
    }

    private static String tried(Path file) {
        System.clearProperty(ALLOWED + "urls");
        System.clearProperty(ALLOWED + "files");
        try (Reader jvm = new StringReader(Files.readString(Path.of(file + ".jvm")))) {
            Properties options = new Properties();
            options.load(jvm);
            options.forEach((key, value) -> System.setProperty(key.toString(), value.toString()));
            Properties properties = new Properties();
            properties.load(new StringReader(Files.readString(file, StandardCharsets.ISO_8859_1)));
            properties.put("request.timeout.ms", "5000");
            properties.put("default.api.timeout.ms", "6000");
            try (Admin admin = Admin.create(properties)) {
                admin.describeCluster().nodes().get(8, TimeUnit.SECONDS);
                if (!properties.containsKey("try.delegation.token")) return "OK";
                var token = admin.createDelegationToken().delegationToken().get();
                return "OK " + token.tokenInfo().tokenId() + " " + token.hmacAsBase64String();
            }
        } catch (Throwable error) {
            StringBuilder causes = new StringBuilder();
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                if (!(cause instanceof ExecutionException)) causes.append(cause).append('\n');
                for (Throwable other : cause.getSuppressed()) causes.append(other).append('\n');
            }
            return causes.toString();
        }
    }
}
