const express = require('express');
const { requireUser } = require('./guards');
const cors = require('cors');
const mounts = require('./mounts');

const app = express();
app.use(cors());
app.get('/health', (req, res) => res.send('ok'));
app.use('/shop', require('./orders'));
app.use(requireUser);
app.get('/me', (req, res) => res.json(req.user));
for (const { path, router } of mounts) {
  app.use(`/api${path}`, router);
}
app.use(process.env.PLUGIN_ROOM, require('./plugins'));
app.listen(3000);
