import { Hono } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import books from './books';

const app = new Hono().basePath('/api');
app.use('/books/*', bearerAuth({ token: 'x' }));
app.route('/books', books);
app.get('/open', (c) => c.text('open'));
export default app;
