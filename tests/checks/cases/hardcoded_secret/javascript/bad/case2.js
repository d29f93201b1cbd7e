app.use(session({ secret: "kitten" }));
