<?php
header("Content-Type: text/plain");
echo "hello from php ", PHP_MAJOR_VERSION, "\n";
error_log("index.php was asked");
