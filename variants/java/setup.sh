# Builds the service, and an archive of its loaded classes (AppCDS) with which it starts in less than half the time.
# usage, in app/: sh ../setup.sh FOLDER     FOLDER is private to this place; nothing is done when nothing is newer than the archive
set -e
folder=$1
archive=$folder/app.jsa
if [ -f "$archive" ] && [ -f target/box-office.jar ] && [ -z "$(find pom.xml src/main ../setup.sh -newer "$archive")" ]; then
  exit 0
fi
rm -f "$archive"
mvn -B -q -DskipTests package
java -Djarmode=tools -jar target/box-office.jar extract --force --destination "$folder/app"
# The training run ends when all beans are made. It needs no database: Hibernate is told its dialect, and asks nothing.
DATABASE_URL=postgresql://nobody@127.0.0.1:9/none WEBHOOK_URL=http://127.0.0.1:9 \
  JWT_SECRET=only-for-the-training-run-0123456789 WEBHOOK_SECRET=only-for-the-training-run-0123456789 \
  java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ArchiveClassesAtExit="$archive" -Dspring.context.exit=onRefresh \
  -Dspring.jpa.hibernate.ddl-auto=none -Dspring.jpa.properties.hibernate.boot.allow_jdbc_metadata_access=false \
  -Dspring.jpa.database-platform=org.hibernate.dialect.PostgreSQLDialect -jar "$folder/app/box-office.jar"
test -f "$archive"
