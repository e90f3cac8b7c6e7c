#!/usr/bin/env bash
# nginx.sh start|stop DIR ENV: nginx's mail proxy on loopback, in front of the server that ENV describes, to which it
# speaks plain text. nginx greets, and answers CAPABILITY until the user has logged in.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
proxy "$@"

{ installed nginx && [ -e /usr/lib/nginx/modules/ngx_mail_module.so ]; } || install_debian nginx libnginx-mod-mail
read -r auth_port <<< "$(free_ports 1)"
mkdir -p "$dir/tmp"
cat > "$dir/nginx.conf" <<X
load_module /usr/lib/nginx/modules/ngx_mail_module.so;
daemon off;
pid $dir/nginx.master;
error_log $dir/log;
worker_processes 2;
events {
}
mail {
  # nginx passes every user on, and the back end checks the password.
  auth_http 127.0.0.1:$auth_port/;
  proxy_pass_error_message on;
  imap_auth plain login;
  imap_capabilities IMAP4rev1 LITERAL+ SASL-IR IDLE;
  ssl_certificate $dir/tls/server.pem;
  ssl_certificate_key $dir/tls/server.key;
  server {
    listen 127.0.0.1:$port;
    protocol imap;
    starttls on;
  }
  server {
    listen 127.0.0.1:$tls_port ssl;
    protocol imap;
  }
}
http {
  access_log off;
  client_body_temp_path $dir/tmp;
  proxy_temp_path $dir/tmp;
  fastcgi_temp_path $dir/tmp;
  uwsgi_temp_path $dir/tmp;
  scgi_temp_path $dir/tmp;
  server {
    listen 127.0.0.1:$auth_port;
    location / {
      add_header Auth-Status OK;
      add_header Auth-Server 127.0.0.1;
      add_header Auth-Port $backend_port;
      return 204;
    }
  }
}
X
background nginx nginx -e "$dir/log" -c "$dir/nginx.conf"
proxied nginx "$dir/nginx.conf" "$port" "$tls_port" "$auth_port"
