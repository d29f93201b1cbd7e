<?php
$sql = "DELETE FROM orders WHERE id = " . $id;
$pdo->exec($sql);
