package com.example.boxoffice.migrations;

import com.example.boxoffice.shared.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * The schema, up and down. It is moved by a command of its own before a release and not by the
 * service as it starts: the service needs no right to change tables, and instances that start at
 * once do not wait for each other.
 */
public final class Migrations {

  private static final String APPLIED =
      "SELECT version FROM flyway_schema_history WHERE success AND version IS NOT NULL ORDER BY installed_rank DESC";
  private static final String FORGET = "DELETE FROM flyway_schema_history WHERE version = ?";

  private Migrations() {}

  public static void up(Settings.Database database) {
    Flyway.configure()
        .dataSource(database.jdbcUrl(), database.user(), database.password())
        .locations("classpath:db/migration")
        .load()
        .migrate();
  }

  /**
   * Takes back every migration, the last one first. Flyway's own undo is not in its free edition,
   * so its history is kept here.
   */
  public static void down(Settings.Database database) throws SQLException, IOException {
    try (Connection connection =
        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password())) {
      connection.setAutoCommit(false);
      for (String version : applied(connection)) {
        takeBack(connection, version);
      }
    }
  }

  private static List<String> applied(Connection connection) throws SQLException {
    List<String> versions = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(APPLIED)) {
      while (rows.next()) {
        versions.add(rows.getString(1));
      }
    }
    return versions;
  }

  /** The tables and the history change in one transaction: what failed is as it was. */
  private static void takeBack(Connection connection, String version)
      throws SQLException, IOException {
    try (Statement statement = connection.createStatement();
        PreparedStatement forget = connection.prepareStatement(FORGET)) {
      statement.execute("LOCK TABLE flyway_schema_history IN SHARE ROW EXCLUSIVE MODE");
      statement.execute(script(version));
      forget.setString(1, version);
      if (forget.executeUpdate() != 1) {
        throw new SQLException("version " + version + " was taken back by somebody else");
      }
      connection.commit();
    }
  }

  private static String script(String version) throws IOException {
    String pattern = "classpath:db/rollback/U" + version + "__*.sql";
    Resource[] found = new PathMatchingResourcePatternResolver().getResources(pattern);
    if (found.length != 1) {
      throw new IOException("there is no way back from version " + version + ": " + pattern);
    }
    return found[0].getContentAsString(StandardCharsets.UTF_8);
  }
}
