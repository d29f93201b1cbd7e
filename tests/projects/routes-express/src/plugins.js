const router = require('express').Router();
router.get('/plugins', (req, res) => res.json([]));
module.exports = router;
