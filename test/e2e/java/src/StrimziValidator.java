import io.strimzi.kafka.oauth.server.JaasServerOauthValidatorCallbackHandler;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;

/**
 * Configures Strimzi's validator with the options in each file, as a broker does when it starts, and prints how that went:
 * {@code StrimziValidator <properties>...}.
 */
public class StrimziValidator {
    public static void main(String[] files) throws Exception {
        for (String file : files) {
            Properties properties = new Properties();
            try (Reader reader = Files.newBufferedReader(Path.of(file))) {
                properties.load(reader);
            }
            Map<String, Object> options = new HashMap<>();
            properties.stringPropertyNames().forEach(name -> options.put(name, properties.getProperty(name)));
            String module = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule";
            System.out.println("== " + Path.of(file).getFileName().toString().replace(".properties", ""));
            AppConfigurationEntry entry = new AppConfigurationEntry(module, LoginModuleControlFlag.REQUIRED, options);
            try {
                new JaasServerOauthValidatorCallbackHandler().configure(Map.of(), "OAUTHBEARER", List.of(entry));
                System.out.println("works");
            } catch (RuntimeException error) {
                error.printStackTrace(System.out);
            }
        }
        // The validator keeps threads.
        System.exit(0);
    }
}
