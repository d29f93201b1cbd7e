const config = fs.readFileSync("config.json");
