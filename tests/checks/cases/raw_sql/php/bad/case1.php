<?php
$pdo->query("SELECT total FROM orders WHERE id = $id");
