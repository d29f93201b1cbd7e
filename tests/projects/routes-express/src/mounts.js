const { makeRouter } = require('./things');

module.exports = [
  { path: '/books', router: makeRouter('book') },
  { path: '/films', router: makeRouter('film') },
];
