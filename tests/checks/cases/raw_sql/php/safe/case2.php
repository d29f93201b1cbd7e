<?php
DB::select("SELECT total FROM orders WHERE id = ?", [$id]);
