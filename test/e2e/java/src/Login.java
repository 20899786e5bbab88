import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileReader;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;

/** Logs in with each of the properties files and tells how that went, as JSON lines. No broker is needed for it. */
public class Login {
    public static void main(String[] files) throws Exception {
        for (String file : files) {
            Properties properties = new Properties();
            try (FileReader reader = new FileReader(file)) {
                properties.load(reader);
            }
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("file", file);
            try {
                Admin.create(properties).close();
                line.put("error", null);
            } catch (Throwable error) {
                line.put("error", Client.causes(error));
            }
            System.out.println(new ObjectMapper().writeValueAsString(line));
        }
    }
}
